import type { WordsOf } from '../catalogue';
import type { scan as vi } from '../vi/scan';

export const scan: WordsOf<typeof vi> = {
  'scan.title': 'Scan a QR code',
  'scan.picture': 'Picture from the camera',
  'scan.starting': 'Turning the camera on…',
  'scan.looking': 'Looking for a code. Hold still, with the whole code in the picture.',
  'scan.choose': 'Choose a picture',
  'scan.take': 'Take a photo',
  'scan.reading': 'Reading the picture…',
  'scan.absent': 'There is no camera to use here',
  'scan.absentText': 'Choose a picture of the code, or close this and paste the code.',
  'scan.refused': 'The camera may not be used yet',
  'scan.refusedText': 'Allow the camera in the settings of the device or browser and try again. A picture of the code does as well.',
  'scan.busy': 'The camera is in use or was cut off',
  'scan.busyText': 'Close the other program that uses the camera and try again. A picture of the code does as well.',
  'scan.otherCode': 'This is another code, not the one to scan',
  'scan.noCode': 'No QR code is seen in the picture',
  'scan.noCodeText': 'Choose a clearer picture: taken near and straight, with all four corners of the code.',
  'scan.notPicture': 'This file cannot be read as a picture',
  'scan.notPictureText': 'Choose another picture, JPG or PNG for example.',
  'scan.tooLarge': 'The picture is over {most} MB',
  'scan.tooLargeText': 'Photograph the code again at a smaller size.',
};
